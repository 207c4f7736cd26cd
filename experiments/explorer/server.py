"""The server of the explorer: this machine only, on a port that is free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from werkzeug.serving import WSGIRequestHandler, make_server

from data.errors import ScenarioError
from experiments.explorer.dash_page import explorer_page

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

    from experiments.explorer.view import View

HOST: Final = "127.0.0.1"
"""The only address that the explorer listens on: nobody else on the network reaches it."""


class _Quiet(WSGIRequestHandler):
    """Says nothing of single requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet."""


def explorer_server(view: View, *, port: int = 0) -> BaseWSGIServer:
    """Return the server of a page, listening already; ``serve_forever`` answers.

    Parameters
    ----------
    view : View
        What is shown.
    port : int
        Port; 0 takes a free one, which the server's ``port`` names.

    Raises
    ------
    ScenarioError
        The port is taken.
    """
    page = explorer_page(view)
    try:
        # the compiled engine keeps its state in one place at a time: one request after the other
        return make_server(HOST, port, page.server, threaded=False, request_handler=_Quiet)
    except (OSError, SystemExit) as error:
        raise ScenarioError(f"--port {port}: taken, or not allowed. Choose another; 0 takes a free one.") from error

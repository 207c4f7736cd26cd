"""Inputs made wrong on purpose, given to the command line: tables, scenarios, options, manifests, points.

A case writes changed files, runs a command in this process and puts the files back. What counts as a finding stands in
``trial.py``; the kinds of inputs have a module each.
"""

from .campaign import Campaign, campaign, counties
from .emptied import emptied

__all__ = ["Campaign", "campaign", "counties", "emptied"]

"""The reference simulator for the tests of this folder, which have no package to import it from."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference():
    """Return the package ``reference`` beside this file."""
    folder = Path(__file__).with_name("reference")
    spec = importlib.util.spec_from_file_location(
        "charging_reference", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def mixed():
    """Return the module ``mixed_networks.py`` beside this file."""
    spec = importlib.util.spec_from_file_location("charging_mixed", Path(__file__).with_name("mixed_networks.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

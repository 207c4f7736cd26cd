"""The reference simulator for the tests of this folder, which have no package to import it from."""

import importlib.util
import sys
from pathlib import Path

import pytest


def loaded(name, file, **where):
    """Return a module or package of this folder."""
    spec = importlib.util.spec_from_file_location(name, file, **where)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reference():
    """Return the package ``reference`` beside this file."""
    folder = Path(__file__).with_name("reference")
    return loaded("charging_reference", folder / "__init__.py", submodule_search_locations=[str(folder)])


@pytest.fixture(scope="session")
def mixed():
    """Return the module ``mixed_networks.py`` beside this file."""
    return loaded("charging_mixed_networks", Path(__file__).with_name("mixed_networks.py"))

"""The reference simulator for the tests of this folder, which have no package to import it from."""

import importlib.util
import sys
from pathlib import Path

import pytest


def module_beside(name):
    """Return a module of this folder."""
    spec = importlib.util.spec_from_file_location(f"charging_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reference():
    """Return the module ``reference.py`` beside this file."""
    return module_beside("reference")


@pytest.fixture(scope="session")
def mixed():
    """Return the module ``mixed_networks.py`` beside this file."""
    return module_beside("mixed_networks")

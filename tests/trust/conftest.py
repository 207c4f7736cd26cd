"""The faults, the fuzzer and the disturbances of this folder, which have no package to import them from."""

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def loaded(name, file, **where):
    """Return a module or package of this folder."""
    spec = importlib.util.spec_from_file_location(name, file, **where)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def package(name):
    """Return a package of this folder."""
    folder = HERE / name
    return loaded(f"trust_{name}", folder / "__init__.py", submodule_search_locations=[str(folder)])


@pytest.fixture(scope="session")
def faults():
    """Return the module ``hand_faults.py`` beside this file."""
    return loaded("trust_hand_faults", HERE / "hand_faults.py")


@pytest.fixture(scope="session")
def fuzzing():
    """Return the package ``fuzzing`` beside this file."""
    return package("fuzzing")


@pytest.fixture(scope="session")
def disturbing():
    """Return the package ``disturbing`` beside this file."""
    return package("disturbing")

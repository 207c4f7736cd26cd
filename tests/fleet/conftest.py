"""Deqing and its stock, read and computed once."""

import pytest

import fleet
from data import load_county


@pytest.fixture(scope="session")
def county():
    return load_county("deqing")


@pytest.fixture(scope="session")
def stock(county):
    return fleet.stock(county)

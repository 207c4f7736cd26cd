"""The rules of drivers and guns on the state of the compiled event loop."""

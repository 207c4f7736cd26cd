"""Files of others read as they are: station lists, session logs. One module per format, and a register of formats."""

"""What was computed once and is read again: files in the user's cache folder, under the key of what decides them."""

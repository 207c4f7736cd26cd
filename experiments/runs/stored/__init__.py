"""What a run needs and an earlier one has computed: kept in the user's cache folder by the key of what decides it."""

"""What a run says: station and town summaries, access, checks of its accounts."""

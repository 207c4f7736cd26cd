"""What a run says of the years ahead of it: guns that will be needed, carbon and petroleum with and without."""

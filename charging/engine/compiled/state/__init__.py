"""The state of the compiled event loop: matrices, the heap of events, queues, ways; and how they are made."""

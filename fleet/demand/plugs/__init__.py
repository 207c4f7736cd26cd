"""What drivers choose when they charge in public: the plug, the hour, and where heavy trucks go."""

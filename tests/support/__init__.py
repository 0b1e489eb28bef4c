"""Real distributions and a real index for tests."""

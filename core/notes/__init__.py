"""What was decided about data and runs without being asked: one list, which pages, reports and commands show alike."""

"""What several commands share: reading files, finding recipes, following runs, printing."""

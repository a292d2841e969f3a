"""The training loop and what it needs: settings, schedules, checkpoints."""

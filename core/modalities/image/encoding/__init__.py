"""How images become what a network reads: frames of one size, pixels or features, remembered while there is room."""

"""What a browser is looking at: its address, drafts and widgets."""

"""What the pages are made of; it draws what core computed."""

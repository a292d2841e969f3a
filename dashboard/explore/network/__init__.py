"""Parts of the Explore page about the network itself: its code, its epochs, and new rows that it generates."""

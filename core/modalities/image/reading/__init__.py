"""From the files of an upload to an index of images: archives, formats, labels, masks, what is left out."""

"""The kinds of data: each folder knows one, from the upload to the explanation; nothing outside names any of them."""

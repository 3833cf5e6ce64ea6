"""nginx's configuration, made from the edge: templates and what is filled into them."""

"""One file for each verb; `index.py` beside this folder lists them."""

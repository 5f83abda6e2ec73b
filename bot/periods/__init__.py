"""Windows of time and the periods that name them."""

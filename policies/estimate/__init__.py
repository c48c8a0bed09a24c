"""What a stack costs a month by list prices: what is paid by the hour or by the size that is asked for."""

"""First-hand or not, asked actively: two views of one item, and one view by the phone's own lamp.

Geometry and photometry, nothing learned. Both are one-sided: what is seen speaks for an item in front of the
camera; what is not seen says nothing at all.
"""

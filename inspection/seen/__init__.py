"""Photos that came before: the same file, the same picture, or a part of it. Evidence for a person, no more.

A hash finds pictures that were saved anew, resized, relit, turned or mirrored. What the model sees finds
candidates for parts and tilted ones, and points that fit tell whether they are one photo: another photo of
the same item is none.
"""

"""The studio: people doing hip exercises, rendered, with everything about them known.

``python -m samples.studio still 1 2 3`` renders stills of the design, ``clip`` the rendered samples,
``shards`` thousands of stills through the pose model.  What leads to what:

``body`` (meshes with bones) and ``motions`` (exercises as settings over time, ``faults`` what is put in)
make a posture; ``skeleton`` poses the body; ``truth`` tells its joints and angles; ``scenes`` and ``looks``
furnish and dress; ``render`` draws it before a ``camera``; ``lens`` spoils the picture as real cameras do.
``design`` draws all that from a seed, ``still`` builds it; ``clip`` and ``clips`` make videos; ``shards``
runs the pose model.

Needs the optional dependencies ``formcheck[studio]`` (numba) and nothing else: no graphics card, no OpenGL.
"""

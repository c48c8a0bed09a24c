"""The forms of the clouds' answers: tables by type, and the little code that a table cannot say.

``aws.csv gcp.csv azure.csv functions.csv`` give a form for each property of the types that matter;
``generic.csv`` gives one by the property's name for all others; ``aws.py gcp.py azure.py
kubernetes.py`` know how each cloud makes identifiers, ``aws_computed.py`` what AWS works out from a
program's choices; ``answer.py`` fills whatever the SDK's types
still require. The language of the tables is in ``form.py``.
"""

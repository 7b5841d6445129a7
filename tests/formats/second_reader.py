"""Reads a text from standard input by a reader of its format that others wrote, and prints what it read as JSON.

The metrics have to be in the formats of Prometheus and OpenMetrics at once: both have the textfile collectors that read them.
"""

import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
import xmlschema

form, *schema = sys.argv[1:]
text = sys.stdin.read()
if form == "junit":
    errors = xmlschema.XMLSchema(schema[0]).iter_errors(text)
    reasons = [error.reason for error in errors]
    print(json.dumps({"errors": reasons} if reasons else {"valid": True}))
elif form == "metrics":
    read = [
        [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]
        for families in (
            parser.text_string_to_metric_families(text),
            openmetrics.text_string_to_metric_families(text + "# EOF\n"),
        )
    ]
    if read[0] != read[1]:
        sys.exit(f"the two formats differ: {read}")
    print(json.dumps([(name, value) for name, _, value in read[0]]))

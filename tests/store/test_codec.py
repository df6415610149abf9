import json

import pytest
from hypothesis import given
from strategies import inspections

from inspection.store.codec import decode, encode


@given(inspections)
def test_a_record_read_back_is_the_one_written(inspection):
    assert decode(json.loads(json.dumps(encode(inspection), allow_nan=False))) == inspection


@given(inspections)
def test_a_field_that_an_older_record_lacks_takes_its_default(inspection):
    body = encode(inspection)
    for photo in body["inspection"]["reading"]["photos"]:
        del photo["heat"], photo["familiar"]
    assert [photo.heat for photo in decode(body).reading.photos] == [None] * len(inspection.reading.photos)


@given(inspections)
def test_a_record_of_a_later_format_is_refused_by_its_number(inspection):
    with pytest.raises(ValueError, match="format 99"):
        decode({**encode(inspection), "format": 99})

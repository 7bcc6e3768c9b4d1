"""Legal calling hours and public holidays by place: data, with their sources and a version."""

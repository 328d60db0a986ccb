"""A lake of realistic events: a shop with a docs site, made from a seed."""

"""Things that exist, so that generated requests reach further than `404`.

Before the first request a small world is made over the API itself: campaigns in several states with products and media
buys. Wherever a request names something by a well-formed id, it then names one of these most of the time. What is not
well-formed is left as it is: it is there to be refused.
"""

import itertools
import json
import os
import re
import urllib.request
import zlib

import schemathesis

API = os.environ["FLIGHTING_ADDRESS"] + "/api/buyer"
KEY = os.environ["FLIGHTING_KEY"]

# One generated id in so many stays: unknown ids have to be answered as well.
UNKNOWN_ONE_IN = 5


def call(method, path, body=None):
    request = urllib.request.Request(
        API + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + KEY, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = answer.read()
    return json.loads(told)["data"] if told else None


def campaign(advertiser, name):
    created = call(
        "POST",
        "/campaigns",
        {
            "advertiserId": advertiser,
            "name": name,
            "campaignType": "DECISIONED",
            "flightDates": {"startDate": "2027-06-01", "endDate": "2027-08-31"},
            "budget": {"total": 100000},
            "constraints": {"countries": ["US"]},
        },
    )
    return created["campaign"]["campaignId"]


def select(advertiser, campaign_id, products):
    found = call("POST", "/discovery/discover-products", {"advertiserId": advertiser, "campaignId": campaign_id})
    discovery = found["discoveryId"]
    call("POST", f"/discovery/{discovery}/products", {"products": products})
    return discovery


DISPLAY = {
    "productId": "alder_news_display",
    "pricingOptionId": "cpm_usd_auction",
    "bidPrice": 4,
    "budget": 40000,
}


def make_world():
    advertiser = call("GET", "/advertisers")["advertisers"][0]["id"]
    agents = [agent["salesAgentId"] for agent in call("GET", "/sales-agents")["salesAgents"]]
    planned = campaign(advertiser, "Planned")
    discoveries = [select(advertiser, planned, [DISPLAY])]
    bought, buys = [], []
    for name in ("Running", "Held", "Ended"):
        running = campaign(advertiser, name)
        discoveries.append(select(advertiser, running, [DISPLAY]))
        call("POST", f"/campaigns/{running}/execute")
        shown = call("GET", f"/campaigns/{running}")["campaign"]
        buys += [buy["mediaBuyId"] for buy in shown["mediaBuys"]]
        bought.append(running)
    call("POST", f"/campaigns/{bought[1]}/pause")
    call("DELETE", f"/campaigns/{bought[2]}")
    subscription = call(
        "POST",
        "/webhook-subscriptions",
        {
            "url": "https://hooks.example.com/flighting",
            "secret": "0123456789abcdef0123456789abcdef",
            "eventTypes": ["campaign.status_changed"],
        },
    )
    campaigns = [campaign(advertiser, "Empty"), planned, *bought]
    return {
        "advertiserId": ("adv_", [advertiser]),
        "agentId": ("agt_", agents),
        "salesAgentId": ("agt_", agents),
        "campaignId": ("cmp_", campaigns),
        "discoveryId": ("dsc_", discoveries),
        "mediaBuyId": ("mb_", buys),
        "subscriptionId": ("whs_", [subscription["webhookSubscription"]["id"]]),
    }


WORLD = make_world()


def named(name, value):
    """The id that stands for a generated one; the same for the same on every machine."""
    prefix, known = WORLD.get(name, (None, None))
    if not known or not isinstance(value, str) or not re.fullmatch(prefix + "[0-9A-Za-z_-]{1,60}", value):
        return value
    chosen = zlib.crc32(value.encode())
    if chosen % UNKNOWN_ONE_IN == 0:
        return value
    return known[chosen // UNKNOWN_ONE_IN % len(known)]


def with_names(value):
    if isinstance(value, dict):
        return {name: named(name, with_names(member)) for name, member in value.items()}
    if isinstance(value, list):
        return [with_names(member) for member in value]
    return value


# A request that comes again under its key is answered as the first was, also when what that one made is gone by now:
# walks that share a key would meet each other's leftovers. Replays are tried by server/tests/idempotency.rs.
KEYS = itertools.count(1)


@schemathesis.hook
def map_headers(context, headers):
    for name, value in (headers or {}).items():
        if name.lower() == "idempotency-key" and isinstance(value, str) and re.fullmatch("[!-~]{1,200}", value):
            headers[name] = f"{value}-{next(KEYS)}"
    return headers


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return with_names(path_parameters)


@schemathesis.hook
def map_query(context, query):
    return with_names(query)


@schemathesis.hook
def map_body(context, body):
    return with_names(body)

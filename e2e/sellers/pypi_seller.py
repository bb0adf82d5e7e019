"""A seller on the PyPI framework `adcp`: its wire behaviour is the framework's, its rules are these.

    python pypi_seller.py TOKEN PORT=RELEASES [PORT=RELEASES…]     e.g. 4001=3.0,3.1,3.2 4002=3.2

One seller per port, each declaring the AdCP releases behind its port: MCP at /mcp, A2A 0.3 and 1.0 at /. The same
agent shows a card that knows A2A 0.3 alone at /only-0.3/.well-known/agent-card.json. It says `ready PORT` for each.
"""

import json
import os
import sys
import threading
from datetime import datetime, timezone

os.environ["ADCP_DECISIONING_ALLOW_INMEMORY_TASKS"] = "1"

from adcp.decisioning import AdcpError, DecisioningCapabilities, DecisioningPlatform, SingletonAccounts, serve
from adcp.decisioning.capabilities import Account, Adcp, Features, IdempotencySupported, MediaBuy
from adcp.server.auth import BearerTokenAuth, Principal, validator_from_token_map
from adcp.server.idempotency import IdempotencyStore, MemoryBackend

REPLAY_S = 86_400
MINIMUM = 100
# What the buyer asks for decides how it is sold: at once, or after a person of the seller's has looked.
PRODUCTS = {"run_of_site": ("Run of site", 5.0), "homepage_takeover": ("Homepage takeover", 25.0)}
once = IdempotencyStore(MemoryBackend(), ttl_seconds=REPLAY_S)


def product(product_id):
    name, price = PRODUCTS[product_id]
    return {
        "product_id": product_id,
        "name": name,
        "description": name,
        "channels": ["display"],
        "delivery_type": "guaranteed",
        "publisher_properties": [{"publisher_domain": "pypi.example", "selection_type": "all"}],
        "format_ids": [{"agent_url": "https://formats.pypi.example/", "id": "display_300x250"}],
        "format_options": [{"format_kind": "image", "format_option_id": "banner", "params": {"width": 300, "height": 250}}],
        "pricing_options": [
            {"pricing_option_id": "fixed", "pricing_model": "cpm", "currency": "USD", "fixed_price": price}
        ],
        "reporting_capabilities": {
            "available_reporting_frequencies": ["daily"],
            "expected_delay_minutes": 60,
            "timezone": "UTC",
            "supports_webhooks": False,
            "available_metrics": ["impressions", "spend"],
            "date_range_support": "date_range",
        },
    }


class Seller(DecisioningPlatform):
    accounts = SingletonAccounts(account_id="pypi")

    def __init__(self, releases):
        self.releases = releases
        self.buys = {}
        self.capabilities = DecisioningCapabilities(
            specialisms=["sales-guaranteed"],
            adcp=Adcp(
                major_versions=[3],
                supported_versions=releases,
                idempotency=IdempotencySupported(supported=True, replay_ttl_seconds=REPLAY_S),
            ),
            account=Account(supported_billing=["operator"]),
            media_buy=MediaBuy(
                supported_pricing_models=["cpm"],
                # Without it the framework does not know at 3.1 how to write what a task comes to.
                features=Features(canonical_creatives=True),
            ),
        )

    def get_products(self, req, ctx):
        return {"products": [product(product_id) for product_id in PRODUCTS], "cache_scope": "account"}

    async def create_media_buy(self, req, ctx):
        asked = req.model_dump(mode="json", exclude_none=True)
        for package in asked["packages"]:
            if package["product_id"] not in PRODUCTS:
                raise AdcpError("PRODUCT_NOT_FOUND", message="no such product", recovery="correctable")
            if package["budget"] < MINIMUM:
                raise AdcpError("BUDGET_TOO_LOW", message=f"at least {MINIMUM}", recovery="correctable")
        if any(package["product_id"] == "homepage_takeover" for package in asked["packages"]):
            return self.decide_later(asked, ctx)
        return await self.decide_at_once(req, ctx)

    @once.wrap
    async def decide_at_once(self, req, ctx):
        return self.book(req.model_dump(mode="json", exclude_none=True))

    def decide_later(self, asked, ctx):
        # The framework remembers answers, not tasks: what became of a task is remembered here.
        for buy in self.buys.values():
            if buy["asked"]["idempotency_key"] == asked["idempotency_key"]:
                if buy["asked"] != asked:
                    raise AdcpError("IDEMPOTENCY_CONFLICT", message="another request had this key")
                return {**self.answer(buy), "replayed": True}
        return ctx.handoff_to_task(lambda task: self.book(asked))

    def book(self, asked):
        number = len(self.buys) + 1
        packages = [
            {**package, "package_id": f"pk_{number}_{index}", "paused": False}
            for index, package in enumerate(asked["packages"])
        ]
        buy = {"media_buy_id": f"pypi_{number}", "status": "active", "revision": 1, "packages": packages}
        self.buys[buy["media_buy_id"]] = {**buy, "context": asked.get("context"), "asked": asked}
        return self.answer(buy)

    def answer(self, buy):
        kept = ("package_id", "product_id", "budget", "context", "paused", "start_time", "end_time")
        return {
            "media_buy_id": buy["media_buy_id"],
            "media_buy_status": buy["status"],
            "confirmed_at": datetime.now(timezone.utc).isoformat(),
            "revision": buy["revision"],
            "packages": [{name: package[name] for name in kept if name in package} for package in buy["packages"]],
        }

    def held(self, media_buy_id):
        if media_buy_id not in self.buys:
            raise AdcpError("MEDIA_BUY_NOT_FOUND", message="no such media buy", recovery="correctable")
        return self.buys[media_buy_id]

    def update_media_buy(self, media_buy_id, patch, ctx):
        buy = self.held(media_buy_id)
        if patch.paused is not None:
            buy.update(status="paused" if patch.paused else "active", revision=buy["revision"] + 1)
        return {**self.answer(buy), "affected_packages": []}

    def get_media_buys(self, req, ctx):
        wanted = [str(media_buy_id) for media_buy_id in req.media_buy_ids or self.buys]
        rows = []
        for buy in (self.buys[media_buy_id] for media_buy_id in wanted if media_buy_id in self.buys):
            answer = self.answer(buy)
            row = {"status": answer.pop("media_buy_status"), "currency": "USD", "context": buy["context"], **answer}
            rows.append({**row, "total_budget": sum(package["budget"] for package in buy["packages"])})
        return {"media_buys": rows}

    def get_media_buy_delivery(self, req, ctx):
        now = datetime.now(timezone.utc)
        return {
            "reporting_period": {"start": now.isoformat(), "end": now.isoformat()},
            "currency": "USD",
            "media_buy_deliveries": [],
        }

    def sync_creatives(self, req, ctx):
        return {"creatives": [{"creative_id": each.creative_id, "action": "created"} for each in req.creatives]}


class OldCard:
    """The same agent's card at a path of its own, without A2A 1.0."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] != "/only-0.3/.well-known/agent-card.json":
            return await self.app(scope, receive, send)
        head, body = {}, b""

        async def keep(message):
            nonlocal body
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                body += message.get("body", b"")

        await self.app({**scope, "path": "/.well-known/agent-card.json"}, receive, keep)
        card = json.loads(body)
        interfaces = card.pop("supportedInterfaces")
        card.update(protocolVersion="0.3.0", url=interfaces[0]["url"], preferredTransport="JSONRPC")
        answer = json.dumps(card).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": head["status"], "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def run(token, port, releases):
    async def ready(*_):
        # In one write: `print` makes two of a line, and the other seller may come between them.
        os.write(sys.stdout.fileno(), f"ready {port}\n".encode())

    serve(
        Seller(releases),
        name="pypi-seller",
        supported_versions=releases,
        host="127.0.0.1",
        port=port,
        transport="both",
        public_url=f"http://127.0.0.1:{port}/",
        auth=BearerTokenAuth(
            validate_token=validator_from_token_map({token: Principal(caller_identity="buyer", tenant_id="pypi")})
        ),
        asgi_middleware=[(OldCard, {})],
        on_startup=[ready],
    )


def end_with_our_starter():
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_our_starter, daemon=True).start()
    servers = []
    for argument in sys.argv[2:]:
        port, releases = argument.split("=")
        servers.append(threading.Thread(target=run, args=(sys.argv[1], int(port), releases.split(",")), daemon=True))
        servers[-1].start()
    for server in servers:
        server.join()

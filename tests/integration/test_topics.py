"""Tips of the week: each once, in order, until they are told or not wanted any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from smsgateway.messaging import optouts
from smsgateway.messaging.tables import message
from smsgateway.messaging.tip_templates import TIPS
from smsgateway.paths import locales_dir
from smsgateway.register import phones
from smsgateway.storage.clock import FixedClock
from smsgateway.storage.engine import Database
from smsgateway.text.catalogue import Catalogue
from smsgateway.text.routes import Routes
from smsgateway.topics import subscriptions, weekly
from smsgateway.topics.tables import topic_subscription
from smsgateway.topics.weekly import INTERVAL

MOTHER = "+22376000001"
TOPIC = "family"
TIP_IDS = [tip.id for tip in TIPS[TOPIC]]


class Post:
    """One mother, and the clock that writes to her."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        self.catalogue = Catalogue.load(locales_dir())
        with database.begin() as connection:
            self.phone_id = phones.ensure_phone(connection, MOTHER, clock.now())

    def subscribe(self, topic: str = TOPIC, language: str = "fr") -> None:
        with self.database.begin() as connection:
            subscriptions.subscribe(
                connection,
                phone_id=self.phone_id,
                topic=topic,
                language=language,
                now=self.clock.now(),
            )

    def unsubscribe(self) -> None:
        with self.database.begin() as connection:
            subscriptions.unsubscribe(
                connection, phone_id=self.phone_id, topic=TOPIC, now=self.clock.now()
            )

    def is_subscribed(self) -> bool:
        with self.database.read() as connection:
            return subscriptions.is_subscribed(connection, MOTHER, TOPIC)

    def tick(self, later: timedelta = timedelta(0)) -> int:
        self.clock.move(later)
        return weekly.write_due(self.database, self.catalogue, Routes(), self.clock.now())

    def told(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.scalars(select(message.c.template).order_by(message.c.id)))

    def ends(self) -> list[str | None]:
        query = select(topic_subscription.c.why_ended).order_by(topic_subscription.c.id)
        with self.database.read() as connection:
            return list(connection.scalars(query))


@pytest.fixture
def post(database: Database, clock: FixedClock) -> Post:
    return Post(database, clock)


def test_one_tip_a_week_in_order_and_then_no_more(post: Post) -> None:
    post.subscribe()
    assert post.tick() == 1
    assert post.tick(INTERVAL - timedelta(seconds=1)) == 0
    assert post.told() == TIP_IDS[:1]
    post.tick(timedelta(seconds=1))
    assert post.told() == TIP_IDS
    assert post.is_subscribed()
    post.tick(INTERVAL)
    assert post.told() == TIP_IDS
    assert post.ends() == ["told"]
    assert post.tick(INTERVAL) == 0


def test_tips_keep_hours_and_heed_stop_as_notices_do(post: Post) -> None:
    post.subscribe()
    post.tick()
    with post.database.read() as connection:
        row = connection.execute(select(message)).one()
    assert (row.message_class, row.language, row.state) == ("notice", "fr", "queued")
    assert row.body == "Parlez, chantez et jouez avec l'enfant chaque jour : il grandit mieux."


def test_a_tip_comes_in_the_language_that_the_phone_speaks_now(post: Post) -> None:
    post.subscribe(language="fr")
    with post.database.begin() as connection:
        phones.set_language(connection, MOTHER, "bm", post.clock.now())
    post.tick()
    with post.database.read() as connection:
        assert connection.scalar(select(message.c.language)) == "bm"


def test_who_subscribes_twice_stays_in_the_row_of_tips(post: Post) -> None:
    post.subscribe()
    post.tick()
    post.subscribe()
    assert post.tick() == 0
    assert post.ends() == [None]


def test_stop_cancels_the_tip_that_waits_and_ends_the_subscription(post: Post) -> None:
    post.subscribe()
    post.tick()
    with post.database.begin() as connection:
        optouts.stop(connection, MOTHER, post.clock.now())
    with post.database.read() as connection:
        assert connection.scalar(select(message.c.state)) == "cancelled"
    post.tick(INTERVAL)
    assert post.told() == TIP_IDS[:1]
    assert post.ends() == ["opted_out"]
    with post.database.begin() as connection:
        optouts.start(connection, MOTHER, post.clock.now())
    assert post.tick(INTERVAL) == 0


def test_unsubscribing_ends_one_topic_and_a_new_consent_begins_anew(post: Post) -> None:
    post.subscribe()
    post.subscribe("feeding")
    post.tick()
    post.unsubscribe()
    assert not post.is_subscribed()
    post.tick(INTERVAL)
    assert post.told() == [TIP_IDS[0], "tip_feeding_1", "tip_feeding_2"]
    post.subscribe()
    post.tick()
    assert post.told()[-1] == TIP_IDS[0]
    assert post.ends() == ["stopped", None, None]


def test_after_an_outage_one_tip_comes_and_not_those_that_were_missed(post: Post) -> None:
    post.subscribe("feeding")
    post.tick(INTERVAL * 4)
    assert post.tick() == 0
    assert post.told() == ["tip_feeding_1"]


def test_two_clocks_tell_a_tip_once(post: Post) -> None:
    post.subscribe()
    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(lambda _: post.tick(), range(4)))
    assert taken == 1
    assert post.told() == TIP_IDS[:1]


def test_a_topic_that_a_release_has_dropped_ends(post: Post) -> None:
    post.subscribe()
    with post.database.begin() as connection:
        connection.execute(update(topic_subscription).values(topic="gone"))
    assert post.tick() == 1
    assert post.ends() == ["told"]

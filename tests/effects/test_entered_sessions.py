"""Sessions that an annotated context manager enters are known in what they are handed to."""

from __future__ import annotations

from collections.abc import Callable

from discover.effects import SiteEffect

Find = Callable[[str], list[SiteEffect]]

CODE = """
import contextlib
from sqlalchemy import Column, Integer, delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase): ...

class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)

async def get_session():
    async with AsyncSession() as session:
        yield session

def entered() -> contextlib.AbstractAsyncContextManager[AsyncSession]:
    return contextlib.asynccontextmanager(get_session)()

async def clean():
    async with entered() as session:
        await remove(session)

async def remove(connection):
    await connection.execute(delete(Order))
"""


def test_what_an_annotated_context_manager_enters_is_known_where_it_is_handed_on(effects_in: Find) -> None:
    found = [one.effect for one in effects_in(CODE)]
    assert [(effect.kind, effect.detail, effect.target) for effect in found] == [("db_write", "DELETE", "Order")]

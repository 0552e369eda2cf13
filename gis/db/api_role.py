"""The role of the web edge: it owns nothing, bypasses nothing, and sees the rows its transaction's scope allows."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.base.errors import Unavailable
from gis.db.engine import normalise_url
from gis.settings import Environment, Settings

API_ROLE = "wangge_api"
CREATE = f"CREATE ROLE {API_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
# Compares two boxes and says nothing else: no error, no notice depends on what a hidden row holds.
OVERLAPS = "public.geometry_overlaps(public.geometry, public.geometry)"


def api_url(settings: Settings, owner_url: str) -> str:
    """The address the web edge connects to.

    `WANGGE_API_DATABASE_URL` where it is set; on the private cluster the role of its own; else, in development
    only, the owner's connection with its role changed. Raises `Unavailable` (`api_database_url`).
    """
    if settings.api_database_url:
        return normalise_url(settings.api_database_url).render_as_string(hide_password=False)
    owner = normalise_url(owner_url)
    if _is_socket_of_peer(owner):
        return owner.set(username=API_ROLE).render_as_string(hide_password=False)
    if settings.environment is Environment.PRODUCTION:
        raise Unavailable(
            "api_database_url",
            f"生产环境须设置 WANGGE_API_DATABASE_URL：以 {API_ROLE} 的成员账户连接，不可用表的所有者。",
            f"set WANGGE_API_DATABASE_URL in production: a login that is a member of {API_ROLE}, not the owner.",
        )
    # A connection may name its role when it is made; it cannot be more than a fallback, for SET ROLE undoes it.
    return owner.update_query_dict({"options": f"-c role={API_ROLE}"}).render_as_string(hide_password=False)


def _is_socket_of_peer(url: URL) -> bool:
    """Whether this is the private cluster: its role, a unix socket, no password."""
    host = url.host or str(url.query.get("host", ""))
    return url.username == "wangge" and url.password is None and host.startswith("/")


def ensure_role(connection: Connection) -> None:
    """Create the role where the server has none; `Unavailable` (`api_role_denied`) names the statement to run."""
    if connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": API_ROLE}):
        return
    try:
        with connection.begin_nested():
            connection.execute(text(CREATE))
    except DBAPIError as error:
        known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": API_ROLE})
        if known:  # another database of the same server was migrated at the same moment
            return
        raise Unavailable(
            "api_role_denied",
            f"当前账户无权创建角色 {API_ROLE}，请由数据库管理员执行：{CREATE};",
            f"this account may not create the role {API_ROLE}; let an administrator run: {CREATE};",
            role=API_ROLE,
        ) from error


def mark_leakproof(connection: Connection) -> bool:
    """Mark the comparison of boxes as telling nothing, so that a spatial index serves under row-level security.

    Only a superuser may, so a managed server goes without; a dump forgets the mark, so it is set at every
    migration. Returns whether it is marked now. Decision 0016 weighs it.
    """
    if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        connection.execute(text(f"ALTER FUNCTION {OVERLAPS} LEAKPROOF"))
    return leakproof_marked(connection)


def leakproof_marked(session: Session | Connection) -> bool:
    """Whether boxes may be compared before the policies are; without it queries narrow by grid first."""
    query = text("SELECT proleakproof FROM pg_proc WHERE oid = cast(:name AS regprocedure)")
    return bool(session.scalar(query, {"name": OVERLAPS}))


def require_safe(engine: Engine) -> None:
    """Refuse to serve with a role that could see past the policies; `Unavailable` (`api_role_unsafe`)."""
    query = text(
        "SELECT r.rolsuper OR r.rolbypassrls OR EXISTS ("
        "   SELECT FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('wangge')"
        "   AND pg_has_role(r.oid, c.relowner, 'MEMBER'))"
        " OR EXISTS (SELECT FROM pg_roles AS m WHERE pg_has_role(r.oid, m.oid, 'MEMBER') AND (m.rolsuper"
        "   OR m.rolbypassrls OR m.rolname IN ('pg_read_all_data', 'pg_write_all_data')))"
        " OR NOT pg_has_role(r.oid, :role, 'USAGE')"
        " FROM pg_roles AS r WHERE r.rolname = current_user"
    )
    with engine.connect() as connection:
        unsafe = connection.scalar(query, {"role": API_ROLE})
        name = connection.scalar(text("SELECT current_user"))
    if unsafe:
        raise Unavailable(
            "api_role_unsafe",
            f"服务不得以 {name} 连接数据库：须为 {API_ROLE} 的成员，且不是超级用户、不绕过行级安全、不拥有数据表，"
            "也不是这类角色或 pg_read_all_data、pg_write_all_data 的成员。",
            f"the service must not connect as {name}: it has to be a member of {API_ROLE}, no superuser, without "
            "BYPASSRLS, and own no table; nor a member of such a role, of pg_read_all_data or pg_write_all_data.",
            role=str(name),
        )

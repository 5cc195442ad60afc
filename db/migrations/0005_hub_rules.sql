-- Whether a connection closes a circle: what its calendar takes from the remote collection can come back
-- to it through other connections, of this company or of any other. Each turn would copy every event once
-- more. Calendars and collections are the places, connections the ways between them; `primary` is the
-- account's own collection. Answers yes or no, and nothing of whose the others are.
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint
CREATE FUNCTION closes_circle(p_connection uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH RECURSIVE spokes AS (
    SELECT c.id, 'calendar ' || c.calendar_id AS hub, c.direction,
      c.provider || ' ' || CASE WHEN c.settings->>'calendarId' = 'primary' THEN coalesce(c.account, 'primary of ' || c.id)
        ELSE c.settings->>'calendarId' END AS collection
    FROM connections c WHERE c.disconnected_at IS NULL AND c.settings ? 'calendarId' AND c.calendar_id IS NOT NULL),
  ways AS (
    SELECT id, collection AS here, hub AS there FROM spokes WHERE direction IN ('both', 'in')
    UNION ALL SELECT id, hub, collection FROM spokes WHERE direction IN ('both', 'out')),
  reached AS (
    SELECT w.there AS first, w.here AS goal, w.there AS place FROM ways w WHERE w.id = p_connection
    UNION
    SELECT r.first, r.goal, w.there FROM reached r JOIN ways w ON w.here = r.place AND w.id <> p_connection)
  SELECT EXISTS (SELECT FROM reached WHERE place = goal);
$$;
--> statement-breakpoint
ALTER FUNCTION closes_circle(uuid) OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION closes_circle(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION closes_circle(uuid) TO syncline_app;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;

-- The trail of our own side: what nobody's session did. What sessions do they note themselves.
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint
CREATE POLICY system ON changes TO syncline_system USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT INSERT ON changes TO syncline_system;
--> statement-breakpoint
GRANT USAGE ON SEQUENCE changes_id_seq TO syncline_system;
--> statement-breakpoint

-- A time in the form of `EventTime`.
CREATE FUNCTION event_time(all_day boolean, at timestamp, zone text, fold smallint) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public AS $$
  SELECT CASE WHEN all_day THEN jsonb_build_object('date', to_char(at, 'YYYY-MM-DD'))
    ELSE jsonb_build_object('local', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS'), 'zone', zone)
      || CASE WHEN fold = 1 THEN '{"fold": 1}'::jsonb ELSE '{}'::jsonb END END;
$$;
--> statement-breakpoint
-- `{ field: { before, after } }`, or nothing where they are the same.
CREATE FUNCTION field_change(field text, before anyelement, after anyelement) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public AS $$
  SELECT CASE WHEN before IS DISTINCT FROM after
    THEN jsonb_build_object(field, jsonb_build_object('before', before, 'after', after)) ELSE '{}'::jsonb END;
$$;
--> statement-breakpoint
CREATE FUNCTION trail_new_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO changes (company_id, event_id, side, action, rule, version, by)
  SELECT company_id, id, 'local', 'created', 'edited here', version, NULLIF(current_setting('app.by', true), '') FROM fresh;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION trail_edited_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO changes (company_id, event_id, side, action, rule, version, by, fields)
  SELECT n.company_id, n.id, 'local',
    CASE WHEN n.deleted_at IS NOT NULL AND o.deleted_at IS NULL THEN 'deleted'
      WHEN n.deleted_at IS NULL AND o.deleted_at IS NOT NULL THEN 'restored' ELSE 'updated' END,
    'edited here', n.version, NULLIF(current_setting('app.by', true), ''),
    field_change('title', o.title, n.title) || field_change('description', o.description, n.description)
      || field_change('location', o.location, n.location) || field_change('notes', o.notes, n.notes)
      || field_change('status', o.status, n.status)
      || field_change('start', event_time(o.all_day, o.start_at, o.start_zone, o.start_fold), event_time(n.all_day, n.start_at, n.start_zone, n.start_fold))
      || field_change('end', event_time(o.all_day, o.end_at, o.end_zone, o.end_fold), event_time(n.all_day, n.end_at, n.end_zone, n.end_fold))
      || field_change('recurrence', to_jsonb(o.recurrence), to_jsonb(n.recurrence))
  FROM fresh n JOIN stale o ON o.id = n.id WHERE n.version <> o.version;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Only where a person or a program wrote: what a connector takes over costs nothing here.
CREATE TRIGGER events_trail_new AFTER INSERT ON events REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
  WHEN (coalesce(NULLIF(current_setting('app.source', true), ''), 'app') = 'app') EXECUTE FUNCTION trail_new_events();
--> statement-breakpoint
CREATE TRIGGER events_trail_edited AFTER UPDATE ON events REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT
  WHEN (coalesce(NULLIF(current_setting('app.source', true), ''), 'app') = 'app') EXECUTE FUNCTION trail_edited_events();
--> statement-breakpoint
ALTER FUNCTION trail_new_events() OWNER TO syncline_system;
--> statement-breakpoint
ALTER FUNCTION trail_edited_events() OWNER TO syncline_system;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;

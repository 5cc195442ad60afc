-- Row-level security for the Slack command.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['slack_teams', 'slack_requests'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO syncline_app', name);
  END LOOP;
END $$;
--> statement-breakpoint
CREATE POLICY system ON slack_teams TO syncline_system USING (true);
--> statement-breakpoint
GRANT SELECT (team_id, company_id, role, user_ids) ON slack_teams TO syncline_system;
--> statement-breakpoint
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint

-- Whose a workspace is: a command of Slack's bears no key.
CREATE FUNCTION find_slack_team(p_team text) RETURNS TABLE (company_id uuid, role text, user_ids text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT t.company_id, t.role, t.user_ids FROM slack_teams t WHERE t.team_id = p_team;
$$;
--> statement-breakpoint
ALTER FUNCTION find_slack_team(text) OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_slack_team(text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_slack_team(text) TO syncline_app;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;

-- Row-level security for the tables that came with plans, standing answers, notices and subscriptions.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['subscriptions', 'conflict_rules', 'plan_items', 'plan_pages', 'notices'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO syncline_app USING (company_id = current_company()) WITH CHECK (company_id = current_company())', name);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON subscriptions, conflict_rules, plan_items, plan_pages, notices TO syncline_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO syncline_app;
--> statement-breakpoint
GRANT CREATE ON SCHEMA public TO syncline_system;
--> statement-breakpoint

-- A signal names its subscription by the secret in its address: the one look across companies.
CREATE POLICY system ON subscriptions TO syncline_system USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT ON subscriptions TO syncline_system;
--> statement-breakpoint
CREATE FUNCTION find_subscription(p_path_hash bytea) RETURNS TABLE (id uuid, company_id uuid, provider text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT s.id, s.company_id, s.provider FROM subscriptions s WHERE s.path_hash = p_path_hash;
$$;
--> statement-breakpoint
ALTER FUNCTION find_subscription(bytea) OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_subscription(bytea) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_subscription(bytea) TO syncline_app;
--> statement-breakpoint

-- Companies in which something waits for a person, so that somebody reminds them: ids only.
CREATE POLICY system ON conflicts TO syncline_system USING (true);
--> statement-breakpoint
CREATE POLICY system ON plans TO syncline_system USING (true);
--> statement-breakpoint
GRANT SELECT (company_id, state) ON conflicts TO syncline_system;
--> statement-breakpoint
GRANT SELECT (company_id, state) ON plans TO syncline_system;
--> statement-breakpoint
CREATE FUNCTION find_waiting() RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT c.id FROM companies c
  WHERE EXISTS (SELECT FROM conflicts k WHERE k.company_id = c.id AND k.state = 'open')
    OR EXISTS (SELECT FROM plans p WHERE p.company_id = c.id AND p.state IN ('held', 'ready'))
  ORDER BY c.id;
$$;
--> statement-breakpoint
ALTER FUNCTION find_waiting() OWNER TO syncline_system;
--> statement-breakpoint
REVOKE ALL ON FUNCTION find_waiting() FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION find_waiting() TO syncline_app;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM syncline_system;

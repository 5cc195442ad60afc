ALTER TABLE "changes" ADD COLUMN "tx" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
CREATE INDEX "record_changes_in_order" ON "record_changes" USING btree ("company_id","tx","id");--> statement-breakpoint
CREATE INDEX "changes_in_order" ON "changes" USING btree ("company_id","tx","id");
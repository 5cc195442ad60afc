CREATE TABLE "alert_states" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"condition" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"notice_id" bigint,
	"resting" boolean NOT NULL,
	"watched_from" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"notice_id" bigint NOT NULL,
	"target_id" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"message_id" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"receipt" text,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp with time zone,
	CONSTRAINT "deliveries_one_per_target" UNIQUE("notice_id","target_id")
);
--> statement-breakpoint
CREATE TABLE "notification_targets" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"address" text NOT NULL,
	"tail" text NOT NULL,
	"secret" text,
	"min_severity" text DEFAULT 'warn' NOT NULL,
	"connection_id" uuid,
	"detail" text DEFAULT 'minimal' NOT NULL,
	"quiet_hours" jsonb,
	"snoozed_until" timestamp with time zone,
	"enabled" boolean DEFAULT true NOT NULL,
	"disabled_reason" text,
	"wait_until" timestamp with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"last_sent_at" timestamp with time zone,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notification_targets_of_company" UNIQUE("company_id","id")
);
--> statement-breakpoint
DROP INDEX "notices_by_company";--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "freshness_target_ms" bigint;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_of_company" UNIQUE("company_id","id");--> statement-breakpoint
ALTER TABLE "alert_states" ADD CONSTRAINT "alert_states_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_company_id_notice_id_notices_company_id_id_fk" FOREIGN KEY ("company_id","notice_id") REFERENCES "public"."notices"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_company_id_target_id_notification_targets_company_id_id_fk" FOREIGN KEY ("company_id","target_id") REFERENCES "public"."notification_targets"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_targets" ADD CONSTRAINT "notification_targets_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_targets" ADD CONSTRAINT "notification_targets_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_by_target" ON "deliveries" USING btree ("target_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_pending" ON "deliveries" USING btree ("target_id","next_attempt_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "writes_failed" ON "writes" USING btree ("connection_id") WHERE state = 'failed';

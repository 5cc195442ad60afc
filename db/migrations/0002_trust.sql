CREATE TABLE "subscriptions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"provider" text NOT NULL,
	"path_hash" "bytea" NOT NULL,
	"token" text,
	"pending_token" text,
	"pending_at" timestamp with time zone,
	"confirmed_by" text,
	"confirmed_at" timestamp with time zone,
	"last_message_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "subscriptions_path_hash_unique" UNIQUE("path_hash")
);
--> statement-breakpoint
CREATE TABLE "conflict_rules" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"company_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"field" text DEFAULT '' NOT NULL,
	"keep" text NOT NULL,
	"made_by" text NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conflict_rules_one_per_field" UNIQUE("connection_id","field")
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"company_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"severity" text NOT NULL,
	"connection_id" uuid,
	"subject_id" uuid,
	"message" text NOT NULL,
	"repeats" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plan_items" (
	"company_id" uuid NOT NULL,
	"plan_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"event_id" uuid,
	"link_id" uuid,
	"remote_id" text,
	"side" text NOT NULL,
	"action" text NOT NULL,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"rule" text NOT NULL,
	"held" boolean DEFAULT false NOT NULL,
	"version" bigint,
	"revision" bigint,
	"state" text DEFAULT 'planned' NOT NULL,
	"reason" text,
	CONSTRAINT "plan_items_plan_id_seq_pk" PRIMARY KEY("plan_id","seq")
);
--> statement-breakpoint
CREATE TABLE "plan_pages" (
	"company_id" uuid NOT NULL,
	"plan_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"seq" integer NOT NULL,
	"page" jsonb NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	CONSTRAINT "plan_pages_plan_id_stream_seq_pk" PRIMARY KEY("plan_id","stream","seq")
);
--> statement-breakpoint
ALTER TABLE "changes" ALTER COLUMN "connection_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "changes" ALTER COLUMN "session_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "plans" ALTER COLUMN "side" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "first_sync" text DEFAULT 'run' NOT NULL;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "by" text;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "local_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "local_by" text;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "remote_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "choice" text;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "chosen" jsonb;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "settled_by" text;--> statement-breakpoint
ALTER TABLE "conflicts" ADD COLUMN "settled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "kind" text DEFAULT 'deletions' NOT NULL;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "undoes" uuid;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "summary" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "asked_by" text;--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "waits_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sync_sessions" ADD COLUMN "kind" text DEFAULT 'sync' NOT NULL;--> statement-breakpoint
ALTER TABLE "sync_sessions" ADD COLUMN "plan_id" uuid;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_of_company" UNIQUE("company_id","id");--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conflict_rules" ADD CONSTRAINT "conflict_rules_company_id_connection_id_connections_company_id_id_fk" FOREIGN KEY ("company_id","connection_id") REFERENCES "public"."connections"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_company_id_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."companies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_items" ADD CONSTRAINT "plan_items_company_id_plan_id_plans_company_id_id_fk" FOREIGN KEY ("company_id","plan_id") REFERENCES "public"."plans"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_pages" ADD CONSTRAINT "plan_pages_company_id_plan_id_plans_company_id_id_fk" FOREIGN KEY ("company_id","plan_id") REFERENCES "public"."plans"("company_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notices_by_company" ON "notices" USING btree ("company_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "plans_one_under_way" ON "plans" USING btree ("connection_id") WHERE state in ('asked', 'ready', 'applying');--> statement-breakpoint
CREATE INDEX "plans_waiting" ON "plans" USING btree ("company_id") WHERE state in ('held', 'ready');

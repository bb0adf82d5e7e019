// Written by `cargo xtask npm types` from the Rust types; do not edit. `cargo xtask check` compares it.

/** Money or another decimal going in: a number, read by its shortest decimal text, or decimal text such as `"1200.50"`. Never rounded. */
export type DecimalInput = number | string;

/** A new campaign; it begins in DRAFT. */
export interface CampaignIn {
  /** The owner. */
  advertiserId: string;
  /** Audiences to attach. */
  audienceConfig?: AudienceConfig;
  /** Free text for product search, at most 5,000 characters. @maxLength 5000 */
  brief?: string;
  /** The money; `total` is required here. */
  budget: BudgetIn;
  /** Fixed after create. */
  campaignType: CampaignType;
  /** Channels, places, devices. */
  constraints?: Constraints;
  /** The discovery session that owns the selection. */
  discoveryId?: string;
  /** What is taken from the total before media; left out: the advertiser's margin. @maxItems 20 */
  fees?: FeeIn[];
  /** When ads may run. */
  flightDates: FlightDatesIn;
  /** Caps on impressions per person. @maxItems 20 */
  frequencyCaps?: FrequencyCapIn[];
  /** 1 to 255 characters. @minLength 1 @maxLength 255 */
  name: string;
  /** Left out: the advertiser's. */
  optimizationApplyMode?: ApplyMode | null;
  /** How the money is laid over time. */
  pacingPeriods?: PacingPeriodsIn | null;
  /** Optimisation goals. */
  performanceConfig?: PerformanceConfig | null;
  /** Products of that session to select at once; only with `discoveryId`. @maxItems 100 */
  productIds?: string[];
}

/** Who optimizes and with whose credentials; fixed after create (brief, decision 22). */
export type CampaignType = "DECISIONED" | "ROUTED";

/** When ads may run; both ends are always there. */
export interface FlightDatesIn {
  /** `YYYY-MM-DD` (to 23:59:59Z) or a date-time that ends in `Z`; after the start, at most 3,660 days later. */
  endDate: string;
  /** `YYYY-MM-DD` (from 00:00:00Z) or a date-time that ends in `Z`; years 1970 to 9999. */
  startDate: string;
}

/** The budget as it is sent. On create `total` is required; on update what is left out stays. */
export interface BudgetIn {
  /** The advertiser's currency; no other is taken. @minLength 3 @maxLength 3 */
  currency?: string;
  /** The most media money of the whole campaign in one UTC day; above 0, at most the total. */
  dailyCap?: DecimalInput;
  /** How packages spend inside their window; `EVEN` when left out on create. */
  pacing?: BudgetPacing;
  /** Everything the advertiser commits, fees included, in major units; above 0. */
  total?: DecimalInput;
}

/** One fee line as it is sent; the list replaces all lines. A margin line takes `marginPercent` and ignores `amount`, a flat line takes `amount`. */
export interface FeeIn {
  /** Flat: the amount in major units, at least 0. */
  amount?: DecimalInput;
  /** The campaign's currency; no other is taken. */
  currency?: string;
  /** What it is for. @minLength 1 @maxLength 100 */
  label?: string;
  /** Margin: percent of the total, 0 to 100 with at most 4 decimals. */
  marginPercent?: DecimalInput;
  /** How it is worked out. */
  pricingType: FeeKind;
}

/** Where and on what a campaign may run; an absent list is no limit. An update replaces all of it. */
export interface Constraints {
  /** Channels; `video` is read as `olv`, `audio` as `streaming_audio`. */
  channels?: string[];
  /** An older name of `geo_countries`; answers do not use it. @maxItems 250 */
  countries?: string[];
  /** Only these platforms. */
  device_platform?: DevicePlatform[];
  /** Only these kinds of device. */
  device_type?: DeviceType[];
  /** Not these kinds of device. */
  device_type_exclude?: DeviceType[];
  /** Only these countries, ISO 3166-1 alpha-2. @maxItems 250 */
  geo_countries?: string[];
  /** Not these countries. @maxItems 250 */
  geo_countries_exclude?: string[];
  /** Only these metropolitan areas. @maxItems 20 */
  geo_metros?: Metros[];
  /** Not these metropolitan areas. @maxItems 20 */
  geo_metros_exclude?: Metros[];
  /** Only these postal codes. @maxItems 20 */
  geo_postal_areas?: PostalAreas[];
  /** Not these postal codes. @maxItems 20 */
  geo_postal_areas_exclude?: PostalAreas[];
  /** Only these regions, ISO 3166-2, such as `US-CA`. @maxItems 250 */
  geo_regions?: string[];
  /** Not these regions. @maxItems 250 */
  geo_regions_exclude?: string[];
  /** Only these languages, ISO 639-1. @maxItems 100 */
  language?: string[];
}

/** Audiences to target and to suppress. Create attaches them, an update adds to those attached, unless `deleteMissing` asks for exactly these. */
export interface AudienceConfig {
  /** Whether exactly the given ones remain; alone it clears both lists. */
  deleteMissing?: boolean;
  /** Whom to leave out; at most 100, none of them targeted. @maxItems 100 */
  suppressAudienceIds?: string[];
  /** Whom to reach; at most 100. @maxItems 100 */
  targetAudienceIds?: string[];
}

/** What a campaign is optimised for; `null` on update clears it. */
export interface PerformanceConfig {
  /** Goals, 1 to 20; applied to every package at execution. @minItems 1 @maxItems 20 */
  optimizationGoals: GoalBody[];
}

/** What happens to suggestions of the optimizer. */
export type ApplyMode = "AUTO" | "MANUAL";

/** A pacing schedule as it is sent: 1 to 52 periods, ordered, not overlapping, inside the flight. Gaps are pauses. After an execute only later periods may be appended. */
export interface PacingPeriodsIn {
  /** How the periods say what they get. */
  mode: PacingMode;
  /** The periods. @minItems 1 @maxItems 52 */
  periods: PeriodIn[];
}

/** A frequency cap as it is sent: at most so many impressions per person in a window. */
export interface FrequencyCapIn {
  /** The most impressions. @minimum 1 */
  max_impressions: number;
  /** In which time. */
  window: Window;
}

/** How money is spent over time, as campaigns spell it. */
export type BudgetPacing = "EVEN" | "ASAP" | "FRONTLOADED";

/** How a fee is worked out. */
export type FeeKind = "MARGIN" | "FLAT";

/** Metropolitan areas of one system. */
export interface Metros {
  /** Whose division. */
  system: MetroSystem;
  /** Codes of that system. @minItems 1 @maxItems 500 */
  values: string[];
}

/** Postal codes of one country. */
export interface PostalAreas {
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** Which of the country's codes. */
  system: PostalSystem;
  /** The codes. @minItems 1 @maxItems 500 */
  values: string[];
}

/** The kind of device. */
export type DeviceType = "desktop" | "mobile" | "tablet" | "ctv" | "dooh" | "unknown";

/** What a device runs. */
export type DevicePlatform = "ios" | "android" | "windows" | "macos" | "linux" | "chromeos" | "tvos" | "tizen" | "webos" | "fire_os" | "roku_os" | "unknown";

/** Whose division into metropolitan areas. */
export type MetroSystem = "nielsen_dma" | "uk_itl1" | "uk_itl2" | "eurostat_nuts2" | "custom";

/** A country's own kind of postal code. */
export type PostalSystem = "postal_code" | "zip" | "zip_plus_four" | "outward" | "full" | "fsa" | "plz" | "code_postal" | "postcode" | "cep" | "pin" | "custom";

/** One optimisation goal. */
export interface GoalBody {
  /** Events only: how long after a contact an event counts. */
  attributionWindow?: AttributionBody;
  /** Events only, required there: where the events come from. */
  eventSources?: EventSourceBody[];
  /** Event or metric. */
  kind: GoalKind;
  /** Metrics only, required there. */
  metric?: Metric;
  /** 1 is the highest; absent: the order of the list. @minimum 1 */
  priority?: number;
  /** What is aimed at; absent: as many as the budget buys. */
  target?: GoalTarget;
  /** `completed_views` only: seconds from which a view counts as completed. */
  viewDurationSeconds?: DecimalInput;
}

/** What a goal looks at. */
export type GoalKind = "event" | "metric";

/** Where events come from. */
export interface EventSourceBody {
  /** Required for `custom`, not allowed for any other. @minLength 1 @maxLength 255 */
  customEventName?: string;
  /** The source, as registered by the advertiser. @minLength 1 @maxLength 255 */
  eventSourceId: string;
  /** What happened. */
  eventType: EventType;
  /** What the value is multiplied by, not 0: -1 for refunds, 0.01 for cents. */
  valueFactor?: DecimalInput;
  /** The member of the event that holds its value; on at least one source for `per_ad_spend` and `maximize_value`. @minLength 1 @maxLength 255 */
  valueField?: string;
}

/** What a metric goal counts. */
export type Metric = "clicks" | "views" | "completed_views" | "viewed_seconds" | "attention_seconds" | "attention_score" | "engagements" | "follows" | "saves" | "profile_visits";

/** What a goal aims at. Events allow `cost_per`, `per_ad_spend` and `maximize_value`; metrics allow `cost_per` and `threshold_rate`. */
export interface GoalTarget {
  /** Which kind. */
  kind: TargetKind;
  /** Above 0; absent for `maximize_value`. */
  value?: DecimalInput;
}

/** How long after a contact an event still counts. */
export interface AttributionBody {
  /** After a click; always there, `null`: clicks do not count. */
  postClick?: Window;
  /** After a view; absent: views do not count. */
  postView?: Window;
}

/** What happened on the advertiser's side; the list of AdCP 3.1. */
export type EventType = "page_view" | "view_content" | "select_content" | "select_item" | "search" | "share" | "add_to_cart" | "remove_from_cart" | "viewed_cart" | "add_to_wishlist" | "initiate_checkout" | "add_payment_info" | "purchase" | "refund" | "lead" | "qualify_lead" | "close_convert_lead" | "disqualify_lead" | "complete_registration" | "subscribe" | "follow" | "content_view" | "watch_milestone" | "start_trial" | "app_install" | "app_launch" | "contact" | "schedule" | "donate" | "submit_application" | "custom";

/** The four kinds of target; which goal allows which is the rule of this module. */
export type TargetKind = "cost_per" | "per_ad_spend" | "maximize_value" | "threshold_rate";

/** A rolling length of time, or the whole campaign. */
export interface Window {
  /** How many units; means nothing with `campaign`. @minimum 1 */
  interval: number;
  /** The unit. */
  unit: WindowUnit;
}

/** In what a window is measured. */
export type WindowUnit = "seconds" | "minutes" | "hours" | "days" | "campaign";

/** How periods say what they get. */
export type PacingMode = "weight" | "budget";

/** One period as it is sent. */
export interface PeriodIn {
  /** Budget mode: its share of the total, at least 0; 0 skips the period. Ignored in weight mode. */
  budget?: DecimalInput;
  /** Last day, `YYYY-MM-DD`, inclusive. @format date */
  end: string;
  /** Its name. @minLength 1 @maxLength 100 */
  label: string;
  /** First day, `YYYY-MM-DD`. @format date */
  start: string;
  /** Weight mode: 0 to 10 with at most 4 decimals; 1 is normal, 0 skips the period. */
  weight?: DecimalInput;
}

/** A change of a campaign: what is left out stays. `null` is taken only where it is said. */
export interface CampaignPatchIn {
  /** Only the owner it has: cannot change. */
  advertiserId?: string;
  /** Adds audiences, or makes the lists exactly these. */
  audienceConfig?: AudienceConfig;
  /** At most 5,000 characters; empty text clears it. @maxLength 5000 */
  brief?: string;
  /** Member by member. */
  budget?: BudgetIn;
  /** Only the type it has: cannot change. */
  campaignType?: CampaignType;
  /** Replaces all of it. */
  constraints?: Constraints;
  /** Another discovery session. */
  discoveryId?: string;
  /** The revision that was seen; another one is a conflict. @minimum 1 */
  expectedRevision?: number;
  /** Replaces all lines. @maxItems 20 */
  fees?: FeeIn[];
  /** Both ends. */
  flightDates?: FlightDatesIn;
  /** Replaces all caps in force. @maxItems 20 */
  frequencyCaps?: FrequencyCapIn[];
  /** What to do with single media buys; each at most once. @maxItems 100 */
  mediaBuys?: MediaBuyActionIn[];
  /** 1 to 255 characters. @minLength 1 @maxLength 255 */
  name?: string;
  /** `null` goes back to the advertiser's. */
  optimizationApplyMode?: ApplyMode | null;
  /** Replaces the schedule, `null` removes it; after an execute only later periods may be appended. */
  pacingPeriods?: PacingPeriodsIn | null;
  /** Replaces the goals; `null` clears them. */
  performanceConfig?: PerformanceConfig | null;
}

/** What to do with one media buy. Members of another action are refused. */
export interface MediaBuyActionIn {
  /** Left out: `update`. */
  action?: ActionWord;
  /** `update`: a date-time inside the flight. */
  end_time?: string;
  /** The buy. */
  mediaBuyId?: string;
  /** `update`: our name of it, 1 to 255 characters. @minLength 1 @maxLength 255 */
  name?: string;
  /** `update`: replaces the goals of every package. @maxItems 20 */
  optimization_goals?: BuyGoalOut[];
  /** `cancel`: only these packages. @minItems 1 @maxItems 1000 */
  packageIds?: string[];
  /** `update`: packages that change. @maxItems 1000 */
  packages?: PackageUpdateIn[];
  /** `update`: whether it shall be paused by itself; it then stays paused when the campaign is reactivated. */
  paused?: boolean;
  /** `update`: products; only before a buy is sent. Afterwards its packages are changed. @maxItems 1000 */
  products?: ProductUpdateIn[];
  /** `cancel`: why; the seller is told. At most 1,000 characters. @maxLength 1000 */
  reason?: string;
  /** `update`: `asap` or a date-time; not once it has begun. */
  start_time?: string;
  /** `update`: why; kept with the change. At most 1,000 characters. @maxLength 1000 */
  updated_reason?: string;
}

/** What to do with a media buy. */
export type ActionWord = "update" | "cancel" | "delete";

/** Other values for one package; what is left out stays. */
export interface PackageUpdateIn {
  /** The bid, above 0; `null` only where the price is fixed. */
  bidPrice?: DecimalInput | null;
  /** Its money, above 0. */
  budget?: DecimalInput;
  /** Last instant of its window. */
  endTime?: string;
  /** How it spends inside its window. */
  pacing?: PackagePacing;
  /** Our id of it. */
  packageId?: string;
  /** First instant of its window, inside the buy and its pacing period. */
  startTime?: string;
  /** Audiences to add. */
  targetingOverlay?: TargetingOverlay;
}

/** Other values for one product of a buy that was not sent yet. */
export interface ProductUpdateIn {
  /** The bid, above 0, or `null`. */
  bidPrice?: DecimalInput | null;
  /** Its money, above 0. */
  budget?: DecimalInput;
  /** How it spends. */
  pacing?: PackagePacing;
  /** How to buy it. @minLength 1 @maxLength 255 */
  pricingOptionId?: string;
  /** The seller's id of it. @minLength 1 @maxLength 255 */
  productId?: string;
  /** Whether it is taken out. */
  remove?: boolean;
}

/** One optimisation goal. */
export interface BuyGoalOut {
  /** Events only: how long after a contact an event counts. */
  attribution_window?: BuyAttributionOut;
  /** Events only, required there: where the events come from. */
  event_sources?: BuyEventSourceOut[];
  /** Event or metric. */
  kind: GoalKind;
  /** Metrics only, required there. */
  metric?: Metric;
  /** 1 is the highest; absent: the order of the list. @minimum 1 */
  priority?: number;
  /** What is aimed at; absent: as many as the budget buys. */
  target?: GoalTarget;
  /** `completed_views` only: seconds from which a view counts as completed. */
  view_duration_seconds?: DecimalInput;
}

/** How money is spent over time, as packages spell it. */
export type PackagePacing = "even" | "asap" | "front_loaded";

/** Whom a package is to reach and to leave out; lists that are left out stay. */
export interface TargetingOverlay {
  /** Audiences to leave out. @maxItems 100 */
  audience_exclude?: string[];
  /** Audiences to reach. @maxItems 100 */
  audience_include?: string[];
}

/** Where events come from. */
export interface BuyEventSourceOut {
  /** Required for `custom`, not allowed for any other. @minLength 1 @maxLength 255 */
  custom_event_name?: string;
  /** The source, as registered by the advertiser. @minLength 1 @maxLength 255 */
  event_source_id: string;
  /** What happened. */
  event_type: EventType;
  /** What the value is multiplied by, not 0: -1 for refunds, 0.01 for cents. */
  value_factor?: DecimalInput;
  /** The member of the event that holds its value; on at least one source for `per_ad_spend` and `maximize_value`. @minLength 1 @maxLength 255 */
  value_field?: string;
}

/** How long after a contact an event still counts. */
export interface BuyAttributionOut {
  /** After a click; always there, `null`: clicks do not count. */
  post_click?: Window;
  /** After a view; absent: views do not count. */
  post_view?: Window;
}

/** One selected product of a plan: what a selection asks for, with what the seller says of it. */
export interface PlanProductIn {
  /** The bid in major units, above 0 with at most 6 decimals. */
  bidPrice?: DecimalInput | null;
  /** Its media money in major units, above 0; left out: an even share of what is left. */
  budget?: DecimalInput;
  /** Formats it takes. */
  formats?: FormatId[];
  /** The least money per package, in major units. */
  minSpendPerPackage?: DecimalInput;
  /** Its name. */
  name?: string;
  /** How to buy it. @minLength 1 @maxLength 255 */
  pricingOptionId?: string;
  /** The seller's id of it. @minLength 1 @maxLength 255 */
  productId: string;
  /** Who sells it. */
  salesAgentId: string;
  /** The agent's name. */
  salesAgentName?: string;
}

/** A creative format: the agent that defines it and its id there. */
export interface FormatId {
  /** Address of the agent that defines the format. */
  agent_url: string;
  /** Its id at that agent. */
  id: string;
}

/** Something that spends along a curve: money over whole UTC days. */
export interface CurveLineIn {
  /** Its media money in major units, at least 0. */
  budget: DecimalInput;
  /** Last day, inclusive. @format date */
  end: string;
  /** How it spends; left out: `even`. */
  pacing?: PackagePacing;
  /** First day, `YYYY-MM-DD`. @format date */
  start: string;
}

/** What was delivered: of a plan by the end of a day, or as figures alone. */
export interface DeliveredIn {
  /** The day that is over, `YYYY-MM-DD`: compared with the planned curve. @format date */
  day?: string;
  /** With `planned`: how many days are left. @minimum 0 @maximum 100000 */
  daysLeft?: number;
  /** Instead of a day: what was planned by then, in major units. */
  expected?: DecimalInput;
  /** With `expected`: what is planned in all, in major units. */
  planned?: DecimalInput;
  /** Delivered media money in major units, at least 0. */
  spend: DecimalInput;
}

/** A media buy as the roll-up sees it. */
export interface BuyStandingIn {
  /** Its id; left out: `mb_1`, `mb_2` and so on by its place. */
  mediaBuyId?: string;
  /** Its status. */
  status: MediaBuyStatus;
  /** Since when it has it, a date-time that ends in `Z`. */
  statusSince?: string;
}

/** The status we show for a media buy (the brief's ten). */
export type MediaBuyStatus = "DRAFT" | "PENDING_APPROVAL" | "INPUT_REQUIRED" | "ACTIVE" | "PAUSED" | "COMPLETED" | "CANCELED" | "FAILED" | "REJECTED" | "ARCHIVED";

/** What belongs to a question besides the plan. Everything may be left out. */
export interface PlanOptions {
  /** The advertiser's currency, ISO 4217; left out: the one that `budget.currency` names. @minLength 3 @maxLength 3 */
  currency?: string;
  /** The advertiser's margin: the fee of a campaign that names no `fees`, in percent of the total, 0 to 100 with at most 4 decimals; left out: 0. */
  marginPercent?: DecimalInput;
  /** When the question is asked, a date-time that ends in `Z`. */
  now?: string;
  /** Whether packages are planned as execute plans them: what a draft only warns about is refused. */
  strict?: boolean;
}

/** The money of a plan: `total = sum of fees + mediaBudget`, and `mediaBudget = allocatedBudget + unallocatedBudget`. All in major units of `currency`. */
export interface BudgetSummary {
  /** What media buys hold of it already. */
  allocatedBudget: number;
  /** The currency of every amount here. */
  currency: string;
  /** The most media money in one UTC day. */
  dailyCap?: number;
  /** The fee lines with what each comes to. */
  fees: FeeOut[];
  /** The sum of the fee lines. */
  feesTotal: number;
  /** Total less fees: what is there for media. */
  mediaBudget: number;
  /** The smallest total whose media budget covers what is allocated under these fees; absent where none does. */
  minimumTotal?: number;
  /** Everything the advertiser commits, fees included. */
  total: number;
  /** Media budget less allocated; below 0 where more is held than is there. */
  unallocatedBudget: number;
}

/** One fee line as it is answered, with the amount it comes to. */
export interface FeeOut {
  /** What it comes to, in major units. */
  amount: number;
  /** The currency. */
  currency: string;
  /** What it is for. */
  label?: string;
  /** Margin: percent of the total. */
  marginPercent?: number;
  /** How it is worked out. */
  pricingType: FeeKind;
}

/** A pacing schedule as it is answered, with the money each period comes to. */
export interface PacingPeriodsOut {
  /** How the periods say what they get. */
  mode: PacingMode;
  /** The periods, in order. */
  periods: PeriodOut[];
}

/** One period as it is answered. */
export interface PeriodOut {
  /** What it takes of `budget.total`. */
  budget: number;
  /** Last day, inclusive. @format date */
  end: string;
  /** Whether an execute knew it: it cannot change any more. */
  executed: boolean;
  /** Its name. */
  label: string;
  /** What it takes of the media budget: what its packages are paid from. */
  mediaBudget: number;
  /** First day, `YYYY-MM-DD`. @format date */
  start: string;
  /** Weight mode: its weight. */
  weight?: number;
}

/** What executing a plan would buy. The packages of a buy add up to its budget, the buys to the total. */
export interface PlannedPackages {
  /** The currency of every amount here. */
  currency: string;
  /** One per sales agent, in the order of their first product. */
  mediaBuys: PlannedBuyOut[];
  /** How many packages there are. @minimum 0 */
  packageCount: number;
  /** The sum of all packages, in major units. */
  total: number;
  /** What to know; it stops nothing but what execute refuses. */
  warnings: Warning[];
}

/** One media buy as it would be sent. */
export interface PlannedBuyOut {
  /** The sum of its packages, in major units. */
  budget: number;
  /** When it ends. @format date-time */
  endTime: string;
  /** `<campaign> - <agent>`, at most 255 characters. */
  name: string;
  /** By product, then period. */
  packages: PlannedPackageOut[];
  /** Who sells. */
  salesAgentId: string;
  /** Its name. */
  salesAgentName: string;
  /** `asap` once the flight has begun, else a date-time. */
  startTime: string;
}

/** Something to know that stops nothing. */
export type Warning = 
/** Buys whose request is on its way or not answered; they are not sent again. */
{
  /** The buys. */
  mediaBuyIds: string[];
  type: "in_flight";
} | 
/** A pacing period is over: no package, its money stays unallocated. */
{
  /** The period. */
  period: PeriodRef;
  type: "period_over";
} | 
/** The selected products ask for more than there is; execute refuses this. */
{
  /** The currency. */
  currency: string;
  /** How much too much. */
  shortBy: number;
  type: "over_allocated";
} | 
/** A package holds less than its seller's minimum. */
{
  /** The currency. */
  currency: string;
  /** The least money per package. */
  minimum: number;
  /** The product. */
  productId: string;
  /** Who sells it. */
  salesAgentId: string;
  /** The smallest package. */
  smallest: number;
  type: "below_minimum";
} | 
/** Money that the daily cap leaves unspent. */
{
  /** How much. */
  amount: number;
  /** The currency. */
  currency: string;
  type: "unspendable";
} | 
/** Formats of selected products that no creative fits yet. */
{
  /** The formats. */
  formats: FormatId[];
  type: "missing_formats";
};

/** One product in one pacing period, as it would be sent. */
export interface PlannedPackageOut {
  /** The bid, for auction prices. */
  bidPrice?: number | null;
  /** Its media money, in major units. */
  budget: number;
  /** Last instant of its window. @format date-time */
  endTime: string;
  /** How it spends inside its window. */
  pacing: PackagePacing;
  /** The pacing period it is for; absent without pacing periods. */
  pacingPeriod?: PeriodRef;
  /** The product. */
  productId: string;
  /** Its name. */
  productName: string;
  /** First instant of its window. @format date-time */
  startTime: string;
  /** Whether it is sent without a start, since its window has begun. */
  startsAtOnce: boolean;
}

/** A pacing period by its position. */
export interface PeriodRef {
  /** Position in the schedule, from 1. @minimum 0 */
  index: number;
  /** Its name when the package was made. */
  label: string;
}

/** What a held plan comes to, in major units of `currency`. */
export interface PlanTotals {
  /** What media buys hold of it already. */
  allocatedBudget: number;
  /** The currency of every amount here. */
  currency: string;
  /** The sum of the fee lines. */
  feesTotal: number;
  /** Total less fees. */
  mediaBudget: number;
  /** How many packages they come to; `null` while a product is wrong. @minimum 0 */
  packageCount?: number;
  /** The sum of the products' budgets, even shares included; `null` while a product is wrong. */
  plannedBudget?: number;
  /** How many products there are. @minimum 0 */
  productCount: number;
  /** What the products ask for beyond what there is; execute refuses above 0. */
  shortBy?: number;
  /** Everything the advertiser commits, fees included. */
  total: number;
  /** Media budget less allocated. */
  unallocatedBudget: number;
}

/** Why an amount is what it is. `parts` add up to `whole`; the amount asked about is one of them. */
export interface Explanation {
  /** What it is, in major units. */
  amount: number;
  /** The currency of every amount here. */
  currency: string;
  /** For shares: what it is exactly, and who got an odd unit. */
  exact?: Exact;
  /** The calculation in one line. */
  formula: string;
  /** What goes into it. */
  inputs: ExplainInput[];
  /** All parts of the whole, in order. */
  parts?: ExplainPart[];
  /** The amount asked about. */
  path: string;
  /** By which rule. */
  rule: ExplainRule;
  /** What it is a part of; absent for amounts that are given. */
  whole?: ExplainPart;
}

/** By which rule an amount came about. */
export type ExplainRule = "given" | "kept" | "nothing" | "difference" | "largest_remainder" | "table";

/** One thing that goes into an amount. */
export interface ExplainInput {
  /** What it is. */
  name: string;
  /** Where it stands in the plan, where it does. */
  path?: string;
  /** Its value as decimal text. */
  value: string;
}

/** The exact share: `floor + remainder / divisor` units of the currency's smallest coin. */
export interface Exact {
  /** The divisor; a whole number as text. */
  divisor: string;
  /** Rounded down, in major units. */
  floor: number;
  /** Whether it got one of the odd units. */
  gotOddUnit: boolean;
  /** What rounding down cut off, over the divisor, in smallest coins; a whole number as text. */
  remainder: string;
  /** Why it got one or not. */
  why: string;
}

/** One amount by its place, or by its name where it has none. */
export interface ExplainPart {
  /** What it is, in major units. */
  amount: number;
  /** Whether an odd unit is in it. */
  gotOddUnit: boolean;
  /** What it is, where it stands nowhere. */
  name?: string;
  /** Where it stands, where it does. */
  path?: string;
}

/** The one status of many media buys, the most restrictive, with its reason. */
export interface RollUpOut {
  /** The status shown; `null` without buys. */
  mediaBuyStatus?: MediaBuyStatus;
  /** How many buys are in each status. */
  mediaBuyStatusCounts: Record<string, number>;
  /** Which buy sets it, by which rule and since when. */
  mediaBuyStatusReason?: StatusReason;
}

/** Why the media buy status of a campaign is the one it is. */
export interface StatusReason {
  /** The buy that sets it. */
  mediaBuyId: string;
  /** By which rule. */
  rule: Rule;
  /** Since when that buy has it. @format date-time */
  since: string;
}

/** Why a status is the one shown. */
export type Rule = "most_restrictive" | "all_alike" | "all_ended";

/** Whether a command is possible now, as far as the campaign's own standing goes. */
export interface AllowedCommand {
  /** Whether it is possible. */
  allowed: boolean;
  /** The command. */
  command: Command;
  /** Why it is not: the sentence the API would refuse with. */
  reason?: string;
}

/** What a caller may command a campaign. */
export type Command = "update" | "execute" | "pause" | "reactivate" | "delete";

/** Which formats are taken, supplied, and still to be supplied. */
export interface CreativeFormats {
  /** Those that a creative is supplied in. */
  covered: FormatId[];
  /** Formats of products that no creative fits yet. */
  missing: FormatId[];
  /** Formats the selected products take. */
  required: FormatId[];
}

/** Planned media money by UTC day, in major units of `currency`. */
export interface CurveOut {
  /** The currency of every amount here. */
  currency: string;
  /** What is planned for each day from the first on, gaps as 0. */
  days: number[];
  /** The first day; `null` where nothing is planned. @format date */
  firstDay?: string;
  /** For lines that were given: what each spends on each day of its own. */
  lines?: CurveLineOut[];
  /** The sum of the days. */
  total: number;
  /** What the daily cap leaves unspent. */
  unspendable: number;
}

/** One line of a curve. */
export interface CurveLineOut {
  /** What it spends on each of its days. */
  days: number[];
  /** What the daily cap leaves unspent of it. */
  unspendable: number;
}

/** Where delivery stands, in major units of `currency`. */
export interface StandingOut {
  /** The currency of every amount here. */
  currency: string;
  /** What was planned by then. */
  expected: number;
  /** What each day that is left has to spend so that the plan is used. */
  needPerDay?: number;
  /** Delivered over expected, 4 decimals: 1 is as planned; `null` while nothing is expected. */
  pace?: number;
  /** What will have been spent in the end at this pace. */
  projected?: number;
  /** Below 0.9 behind, above 1.1 ahead. */
  rating?: PaceWord;
  /** Delivered spend. */
  spend: number;
}

/** What a pace means. */
export type PaceWord = "behind" | "on_pace" | "ahead";

/** Why a request was refused. */
export interface ErrorBody {
  /** Stable code. */
  code: ErrorCode;
  /** What the code alone does not say. */
  details?: ErrorDetails;
  /** Path of the first thing that was wrong. */
  field?: string;
  /** A sentence for people: lower case, no full stop. */
  message: string;
}

/** Stable code of a refused request (decision 24). The same list on every route. */
export type ErrorCode = "VALIDATION_ERROR" | "BAD_REQUEST" | "CURRENCY_MISMATCH" | "UNAUTHORIZED" | "FORBIDDEN" | "NOT_FOUND" | "CONFLICT" | "INSUFFICIENT_MEDIA_BUDGET" | "CAPABILITY_NOT_SUPPORTED" | "RATE_LIMITED" | "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE";

/** Details of a refusal; which members are there follows from the code. */
export interface ErrorDetails {
  /** Wrong status: those in which it is possible. */
  allowedStatuses?: string[];
  /** `CONFLICT`: about what. */
  conflict?: string;
  /** The currency of the amounts. */
  currency?: string;
  /** `CONFLICT` of revisions: the one that is. @minimum 0 */
  currentRevision?: number;
  /** Wrong status: the campaign's. */
  currentStatus?: string;
  /** `CONFLICT` of revisions: the one that was expected. @minimum 0 */
  expectedRevision?: number;
  /** `VALIDATION_ERROR`: everything that was wrong, in a fixed order. */
  issues?: Violation[];
  /** `CONFLICT`: the media buys it is about. */
  mediaBuyIds?: string[];
  /** `CONFLICT` of a delete: what became of each media buy whose seller was asked. */
  mediaBuyResults?: ChangeResult[];
  /** `INSUFFICIENT_MEDIA_BUDGET`: the smallest total that would do, where one does. */
  minimumAllowedBudget?: number;
  /** `INTERNAL_ERROR`: the request's id in our log. */
  requestId?: string;
  /** `RATE_LIMITED`, `SERVICE_UNAVAILABLE`: seconds until it is worth trying again. @minimum 0 */
  retryAfter?: number;
  /** `INSUFFICIENT_MEDIA_BUDGET`: how much is missing. */
  shortBy?: number;
}

/** One thing wrong with one input. Always collected into a list, in core's fixed order. */
export interface Violation {
  /** What kind of thing is wrong. */
  code: Code;
  /** The sentence for people: lower case, no full stop. */
  message: string;
  /** The figures of the message. */
  params: Record<string, Param>;
  /** Where: members joined by dots, list positions as `[i]` from 0; empty for the whole body. */
  path: string;
}

/** What became of one entry of `mediaBuys[]`. */
export interface ChangeResult {
  /** What was asked for. */
  action: ChangeKind;
  /** Why it is not done. */
  error?: ChangeError;
  /** The buy. */
  mediaBuyId: string;
  /** Its name. */
  name: string;
  /** And after. */
  newStatus: MediaBuyStatus;
  /** What became of it. */
  outcome: ChangeResultWord;
  /** The buy's status before. */
  previousStatus: MediaBuyStatus;
  /** Whether it is done. */
  success: boolean;
}

/** Stable code of a [`Violation`]; snake case on the wire. */
export type Code = "required" | "unknown_field" | "duplicate_field" | "wrong_type" | "null_not_allowed" | "too_short" | "too_long" | "too_small" | "too_large" | "too_many_decimals" | "invalid_format" | "unknown_value" | "unsupported_currency" | "currency_mismatch" | "end_before_start" | "outside_flight" | "overlap" | "all_zero" | "sum_too_large" | "fees_exceed_total" | "duplicate" | "contradiction" | "not_allowed_here" | "immutable" | "locked" | "not_found" | "wrong_status" | "product_without_money" | "package_without_money" | "no_products" | "flight_over" | "bid_required" | "ambiguous" | "credentials_missing" | "out_of_range";

/** A figure or word that a violation's message speaks of, for callers that write their own text. */
export type Param = 
/** A whole number. */
number | 
/** Text; amounts and rates stand here as decimal text. */
string;

/** What a change is for. */
export type ChangeKind = "update" | "cancel" | "delete" | "append";

/** What became of an entry of `mediaBuys[]`. */
export type ChangeResultWord = "applied" | "unchanged" | "submitted" | "held" | "refused" | "unknown" | "expired";

/** A seller's no to a change, or ours where nothing was answered. Texts are untrusted. */
export interface ChangeError {
  /** The seller's code, or ours: `no_answer`, `not_sent`. */
  code: string;
  /** The field of the seller's request it is about. */
  field?: string;
  /** The seller's sentence, or ours. */
  message: string;
  /** What helps, as the seller or the protocol says. */
  recovery?: Recovery;
  /** The least delay before asking again, in seconds. @minimum 0 */
  retryAfter?: number;
  /** What the seller proposes. */
  suggestion?: string;
}

/** What to do about a seller's error, as the seller or the protocol's registry says. */
export type Recovery = "transient" | "correctable" | "terminal";

/* A finding in words, Chinese and English. */
#include "acq/detect/finding.h"

#include "acq/core/civil.h"
#include "acq/plant/measure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct words {
    const char *word, *zh, *en;
};

static const struct words kinds[] = {
    {"limit", "超标", "exceedance"},
    {"limit-forecast", "预计小时均值超标", "exceedance of the hour expected"},
    {"bypass", "旁路开启", "bypass open"},
    {"bypass-unwatched", "旁路失去监控", "bypass not watched"},
    {"bypass-standby", "旁路开启而备用处置设施未运行", "bypass open, standby disposal not running"},
    {"flare-event", "火炬排放", "flare discharge"},
    {"flare-pilot", "火炬长明灯熄灭", "flare pilot out"},
    {"flare-combustion", "火炬燃烧条件不达标", "poor flare combustion"},
    {"flare-velocity", "火炬出口流速超限", "flare tip velocity too high"},
    {"flare-routine", "疑似将火炬作为日常处理设施", "suspected routine use of the flare"},
    {"flare-meter", "火炬流量计疑似失效", "flare meter failed or by-passed"},
    {"treatment-off", "生产时治理设施未运行", "production without treatment"},
    {"treatment-parameter", "治理设施运行参数超出范围", "treatment parameter out of range"},
    {"treatment-order", "治理设施未做到先启后停", "treatment started late or stopped early"},
    {"treatment-idle", "治理设施疑似空转", "treatment running idle"},
    {"treatment-failed", "治理设施故障而生产未停", "production goes on after treatment failed"},
    {"meter-tamper", "用电监控异常", "meter tampered with"},
    {"plan-broken", "停限产措施未落实", "stop or limit plan broken"},
    {"total", "排放总量达到许可量的比例", "share of the permitted total reached"},
    {"integrity", "监测数据疑似异常", "data integrity hint"},
    {"link", "通讯中断", "link down"},
    {"device", "设备异常", "device trouble"},
    {"transmission", "数据传输有效率不足", "transmission rate low"},
    {"bleeder", "放散口排放未点燃", "bleeder open without flame"},
    {"carbon", "活性炭超期未更换", "carbon overdue"},
    {"slip", "氨逃逸偏高", "ammonia slip high"},
    {"small-source", "小散源异常", "small source trouble"},
    {"system", "监控系统自身异常", "trouble of the server itself"},
};

static const struct words classes[] = {
    {"undeclared", "未申报", "undeclared"},
    {"declared", "已申报", "declared"},
    {"overrun", "超出申报时段", "beyond the declared window"},
    {"suspected", "疑似", "suspected"},
    {"seal-overdue", "铅封检查逾期", "look at the seal overdue"},
    {"no-evidence", "无可用证据", "no usable evidence"},
    {"not-running", "未运行", "not running"},
    {"stop-while-running", "标记停产而监测显示仍在运行", "marked as stopped while it runs"},
    {"late", "结束 24 小时后补标", "marked more than 24 h after the end"},
    {"no-service-record", "维护标记无开门、登录或校准记录",
     "maintenance without a record of anybody at work"},
    {"at-exceedance", "超标前后半小时内起标", "begins within half an hour of an exceedance"},
    {"not-proven", "运行状态无法确认", "not proven to run"},
    {"low", "轻度", "low"},
    {"middle", "中度", "middle"},
    {"high", "重度", "high"},
    {"compliance", "当月达标小时比例不足", "too few hours of the month within the limit"},
    {"out", "熄灭", "out"},
    {"pilot-not-proven", "燃烧状态无法确认", "no pilot proven"},
    {"over-steamed", "蒸汽过量", "over-steamed"},
    {"snuffed", "蒸汽压灭火焰", "being snuffed"},
    {"low-heat", "热值不足且未补燃料气", "low heating value without make-up fuel"},
    {"diluted", "燃烧区热值不足", "heating value of the combustion zone too low"},
    {"over-aired", "助燃空气过量", "too much air"},
    {"unmetered", "有火焰或水封已破而无流量", "flame or open seal without flow"},
    {"availability", "有效率不足", "too few valid blocks"},
    {"routine-share", "30日内累计排放时间过长", "too large a share of 30 days"},
    {"routine-days", "7日内多日排放", "on too many of 7 days"},
    {"routine-correlated", "排放量随生产负荷变化", "follows production"},
    {"unlit", "阀门开启而未点燃", "open without a proven flame"},
};

static const struct words tests[] = {
    {"false-mark", "标记与监测情况不符", "mark that does not fit what is measured"},
    {"switch-contradicted", "阀位信号与流量矛盾", "switch contradicted by flow"},
};

static const struct words sayings[] = {
    {"open", "判为开启", "open"},
    {"closed", "判为关闭", "closed"},
    {"between", "介于两者", "between"},
    {"unknown", "无有效数据", "unknown"},
    {"fault", "信号矛盾", "fault"},
    {"run", "运行", "running"},
    {"off", "停运", "off"},
    {"idle", "空转", "idle"},
    {"offline", "离线", "offline"},
    {"measured", "实测", "measured"},
    {"out", "无火焰", "no flame"},
    {"lit", "有火焰", "flame"},
    {"discharge", "表明有排放", "says that gas goes to the flare"},
};

static const struct words reasons[] = {
    {"reconfigured", "配置已变更", "reconfigured"},
    {"configuration", "已从配置中删除", "no longer configured"},
    {"a new year", "新的一年", "a new year"},
    {"another permit or another class of the quarter", "许可量变更或季度捕集率档次变化",
     "another permit or another class of the quarter"},
    {"another permit", "许可量已变更", "another permit"},
};

#define FIND(table, word) find(table, sizeof(table) / sizeof *(table), word)

static struct words find(const struct words *table, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].word, word) == 0)
            return table[i];
    return (struct words){word, word, word};
}

static void add_instant(struct strbuf *out, int64_t time_ms, int zone_offset_min)
{
    struct civil c;
    civil_from_ms(time_ms, zone_offset_min, &c);
    strbuf_addf(out, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                c.second);
}

/* Four digits are enough for people. */
static void add_value(struct strbuf *out, double value, const char *unit)
{
    strbuf_addf(out, fabs(value) >= 1000 ? "%.0f" : "%.4g", value);
    bool is_joined = unit && (unit[0] == '%' || (unsigned char)unit[0] >= 0x80);
    if (unit && unit[0])
        strbuf_addf(out, is_joined ? "%s" : " %s", unit);
}

static void add_duration(struct strbuf *out, int64_t ms, const char *hour, const char *minute,
                         const char *second)
{
    int64_t s = (ms + 500) / 1000;
    if (s >= 3600)
        strbuf_addf(out, "%" PRId64 "%s", s / 3600, hour);
    if (s >= 60 && s % 3600 >= 60)
        strbuf_addf(out, "%" PRId64 "%s", s % 3600 / 60, minute);
    if (s < 60 || (s < 3600 && s % 60))
        strbuf_addf(out, "%" PRId64 "%s", s % 60, second);
}

static bool has_name(const struct finding *f)
{
    return f->name && f->name[0] && strcmp(f->name, f->object) != 0;
}

static double shown_value(const struct finding *f)
{
    return f->state == FINDING_CLOSED && !isnan(f->worst) ? f->worst : f->value;
}

static bool is_deciding(const struct finding *f, const struct finding_evidence *e)
{
    return f->evidence_count <= 3 || strcmp(e->says, "unknown") != 0;
}

static void add_english_subject(const struct finding *f, struct strbuf *out)
{
    strbuf_adds(out, FIND(kinds, f->kind).en);
    if (f->test)
        strbuf_addf(out, " (%s)", FIND(tests, f->test).en);
    if (strcmp(f->kind, "system") == 0 && f->part[0])
        strbuf_addf(out, " (%s)", f->part);
    strbuf_addf(out, has_name(f) ? " at %s (%s)" : " at %s", has_name(f) ? f->name : f->object,
                f->object);
    if (f->class_word)
        strbuf_addf(out, ", %s", FIND(classes, f->class_word).en);
    if (f->class_word && f->is_late)
        strbuf_adds(out, " afterwards");
}

static void add_english_value(const struct finding *f, struct strbuf *out)
{
    double value = shown_value(f);
    if (f->factor)
        strbuf_addf(out, ", %s", measure_name_en(f->factor));
    if (isnan(value))
        return;
    strbuf_adds(out, f->state == FINDING_CLOSED ? ": at worst " : ": ");
    add_value(out, value, f->unit);
    if (isnan(f->threshold))
        return;
    strbuf_adds(out, value >= f->threshold ? " above " : " below ");
    add_value(out, f->threshold, NULL);
}

static void add_english_evidence(const struct finding *f, struct strbuf *out)
{
    const char *before = ": ";
    for (uint32_t i = 0; i < f->evidence_count; i++) {
        const struct finding_evidence *e = &f->evidence[i];
        if (!is_deciding(f, e))
            continue;
        strbuf_addf(out, "%s%s ", before, e->channel);
        if (!isnan(e->value)) {
            add_value(out, e->value, e->unit);
            strbuf_addc(out, ' ');
        }
        strbuf_addf(out, "(%s", FIND(sayings, e->says).en);
        if (!isnan(e->threshold)) {
            strbuf_adds(out, ", threshold ");
            add_value(out, e->threshold, NULL);
        }
        strbuf_addc(out, ')');
        before = ", ";
    }
}

void finding_write_english(const struct finding *f, int zone_offset_min, struct strbuf *out)
{
    add_english_subject(f, out);
    add_english_value(f, out);
    strbuf_adds(out, ", since ");
    add_instant(out, f->start_ms, zone_offset_min);
    if (f->state == FINDING_CLOSED) {
        strbuf_adds(out, ", closed after ");
        add_duration(out, f->end_ms - f->start_ms, " h ", " min ", " s");
        while (out->len && out->data[out->len - 1] == ' ')
            strbuf_truncate(out, out->len - 1);
    }
    if (f->outside_s > 0) {
        strbuf_adds(out, ", outside the window for ");
        strbuf_addf(out, "%.0f s", f->outside_s);
    }
    for (uint32_t i = 0; i < f->released_count; i++) {
        strbuf_adds(out, i ? ", " : "; released about ");
        add_value(out, f->released[i].kg, "kg");
        strbuf_addf(out, " of %s (grade %c)", measure_name_en(f->released[i].factor),
                    f->released[i].grade);
    }
    if (f->confidence > 0)
        strbuf_addf(out, "; %.0f %% sure", 100 * f->confidence);
    else
        strbuf_adds(out, "; measured");
    add_english_evidence(f, out);
    if (f->reason)
        strbuf_addf(out, " (%s)", FIND(reasons, f->reason).en);
}

static void add_chinese_subject(const struct finding *f, struct strbuf *out)
{
    strbuf_addf(out, has_name(f) ? "%s（%s）" : "%s", has_name(f) ? f->name : f->object, f->object);
    strbuf_adds(out, FIND(kinds, f->kind).zh);
    if (f->class_word)
        strbuf_addf(out, f->is_late ? "（%s，事后补报）" : "（%s）",
                    FIND(classes, f->class_word).zh);
    if (f->test)
        strbuf_addf(out, "（%s）", FIND(tests, f->test).zh);
    if (strcmp(f->kind, "system") == 0 && f->part[0])
        strbuf_addf(out, "（%s）", f->part);
}

static void add_chinese_value(const struct finding *f, struct strbuf *out)
{
    double value = shown_value(f);
    if (isnan(value))
        return;
    strbuf_addf(out, "，%s%s", f->factor ? measure_name_zh(f->factor) : "",
                f->state == FINDING_CLOSED ? "最不利值" : "实测值");
    add_value(out, value, f->unit);
    if (isnan(f->threshold))
        return;
    strbuf_adds(out, value >= f->threshold ? "，高于限值" : "，低于限值");
    add_value(out, f->threshold, NULL);
}

static void add_chinese_evidence(const struct finding *f, struct strbuf *out)
{
    const char *before = "。依据：";
    for (uint32_t i = 0; i < f->evidence_count; i++) {
        const struct finding_evidence *e = &f->evidence[i];
        if (!is_deciding(f, e))
            continue;
        strbuf_addf(out, "%s%s", before, e->channel_zh ? e->channel_zh : e->channel);
        if (!isnan(e->value))
            add_value(out, e->value, e->unit);
        strbuf_addf(out, "（%s", FIND(sayings, e->says).zh);
        if (!isnan(e->threshold)) {
            strbuf_adds(out, "，阈值");
            add_value(out, e->threshold, NULL);
        }
        strbuf_adds(out, "）");
        before = "；";
    }
}

void finding_write_chinese(const struct finding *f, int zone_offset_min, struct strbuf *out)
{
    add_chinese_subject(f, out);
    strbuf_adds(out, "，自");
    add_instant(out, f->start_ms, zone_offset_min);
    strbuf_adds(out, "起");
    if (f->state == FINDING_CLOSED) {
        strbuf_adds(out, "，至");
        add_instant(out, f->end_ms, zone_offset_min);
        strbuf_adds(out, "结束，历时");
        add_duration(out, f->end_ms - f->start_ms, "小时", "分", "秒");
    }
    add_chinese_value(f, out);
    if (f->outside_s > 0)
        strbuf_addf(out, "，其中超出申报时段%.0f秒", f->outside_s);
    for (uint32_t i = 0; i < f->released_count; i++) {
        strbuf_adds(out, i ? "、" : "，估算排放");
        strbuf_adds(out, measure_name_zh(f->released[i].factor));
        add_value(out, f->released[i].kg, "千克");
        strbuf_addf(out, "（数据质量%c级）", f->released[i].grade);
    }
    if (f->confidence > 0)
        strbuf_addf(out, "，可信度%.0f%%", 100 * f->confidence);
    else if (f->evidence_count == 0)
        strbuf_adds(out, "，依据实测数据");
    add_chinese_evidence(f, out);
    if (f->reason)
        strbuf_addf(out, "（%s）", FIND(reasons, f->reason).zh);
    strbuf_adds(out, "。");
}

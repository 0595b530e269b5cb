#include "acq/plant/thresholds.h"

#include <math.h>

#define BY_BASE ((double)NAN)

static const struct channel_defaults defaults[CHANNEL_COUNT] = {
    [CHANNEL_LIMIT_SWITCH] = {"limit-switch", "限位开关", GROUP_POSITION, "the closed contact", "",
                              0.5, 0.5, false, 5, 30, 50, 0.01, true, 0},
    [CHANNEL_POSITION] = {"position", "阀位", GROUP_POSITION, "the opening", "%", 5, 2, false, 10,
                          30, 30, 0.03, true, 0},
    [CHANNEL_VELOCITY] = {"velocity", "旁路流速", GROUP_FLOW,
                          "the velocity in the duct, or 3 standard deviations when closed", "m/s",
                          0.5, 0.3, false, 30, 60, 20, 0.05, true, 0},
    [CHANNEL_FLOW] = {"flow", "旁路流量", GROUP_FLOW, "the flow in the duct", "signal's", BY_BASE,
                      BY_BASE, false, 30, 60, 20, 0.05, true, 0},
    [CHANNEL_PRESSURE] = {"pressure", "阀前后压差", GROUP_FLOW,
                          "the fall of the difference of pressures, by its usual value", "share",
                          0.5, 0.25, false, 60, 60, 8, 0.3, false, 10},
    [CHANNEL_TEMPERATURE] = {"temperature", "旁路温度比", GROUP_THERMAL,
                             "(bypass - ambient) / (main - ambient)", "", 0.5, 0.3, false, 120, 300,
                             5, 0.3, false, 0},
    [CHANNEL_CONCENTRATION] = {"concentration", "旁路浓度", GROUP_CHEMICAL,
                               "the concentration: max(2 x lod, 5 x base); closed 2 x base",
                               "signal's", BY_BASE, BY_BASE, false, 0, 0, 10, 0.2, false, 0},
    [CHANNEL_MAIN_FLOW] = {"main-flow", "主排口流量比", GROUP_FLOW,
                           "the main outlet's flow by what its load lets expect", "", 0.8, 0.9,
                           true, 300, 300, 5, 0.3, false, 10},
    [CHANNEL_TREATMENT_POWER] = {"treatment-power", "治理设施功率比", GROUP_POWER,
                                 "the treatment's power by its usual one, while production runs",
                                 "", 0.3, 0.6, true, 120, 120, 3, 0.5, false, 10},
    [CHANNEL_FAN] = {"fan", "风机电流跃升", GROUP_POWER,
                     "the jump of the current without another set point", "share", 0.2, 0.1, false,
                     60, 60, 2, 1, false, 10},
    [CHANNEL_SEAL] = {"seal", "铅封", GROUP_HUMAN, "the seal's contact: 1 is broken", "", 0.5, 0.5,
                      false, 0, 0, 10, 0.5, false, 0},
    [CHANNEL_VIDEO] = {"video", "视频", GROUP_HUMAN, "what the camera's judge says: 1 is open", "",
                       0.5, 0.5, false, 0, 0, 10, 1, false, 0},
};

const struct channel_defaults *channel_defaults(enum evidence_channel channel)
{
    return &defaults[channel];
}

const char *evidence_group_name(enum evidence_group group)
{
    static const char *const names[GROUP_COUNT] = {"position", "flow",  "thermal",
                                                   "chemical", "power", "human"};
    return names[group];
}

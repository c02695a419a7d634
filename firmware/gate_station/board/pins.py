"""The pin map of the Raspberry Pi Pico: the one truth for firmware, wiring and tests."""

BUTTON = 15  # active low, internal pull-up

NFC_SPI = 1
NFC_SCK = 10
NFC_MOSI = 11
NFC_MISO = 12
NFC_CS = 13
NFC_IRQ = 14
NFC_RSTPD = 9

RADIO_SPI = 0
RADIO_SCK = 18
RADIO_MOSI = 19
RADIO_MISO = 16
RADIO_CS = 17
RADIO_RST = 20
RADIO_DIO0 = 21

RTC_I2C = 0
RTC_SDA = 4
RTC_SCL = 5
RTC_SQW = 6  # 1 Hz square wave, open drain; the second begins at the falling edge

LED_GREEN = 2
LED_RED = 3
BUZZER = 22  # PWM 3A
BUZZER_INVERTED = 7  # PWM 3B: the same slice, so that both pins keep step
BATTERY = 26  # ADC0 behind a 2:1 divider
